"""Who gets 0 points without a hand-in, and why others do not: what could not be collected may be theirs."""

import os
from collections.abc import Collection

from grader.grading.collected import Collected
from mytorch.characters import counted

from .held import Held, Why


def who_gets_zero(
    collected: Collected, held: dict[str, Held], everybody: bool, named: Collection[str]
) -> list[str]:
    """Nobody whose hand-in may only not have been collected."""
    empty = [student for student, one in held.items() if one.why is Why.NO_HAND_IN]
    everybody = everybody and not collected.nobodys
    return [student for student in empty if everybody or student in named]


def about_zeros(
    collected: Collected, held: dict[str, Held], everybody: bool, named: Collection[str]
) -> list[str]:
    """Who has none although nothing of them lies in submitted/, and what may be whose."""
    notes, path = [], os.path.relpath(collected.list_of_refused)
    if refused := [student for student, one in held.items() if one.why is Why.NOT_COLLECTED]:
        notes.append(
            f"No 0 for {', '.join(refused)}: what could not be collected ({path}) is theirs, or may be."
        )
    ungraded = {student for student, one in held.items() if one.is_ungraded}
    if wrong := sorted(set(named) - ungraded):
        notes.append(f"No 0 for {', '.join(wrong)}: they have a hand-in, or are not in the gradebook.")
    if everybody and (count := len(collected.nobodys)):
        those = [student for student, one in held.items() if one.why is Why.NO_HAND_IN]
        notes.append(
            f"No 0 for anybody but by name: {counted(count, 'hand-in')} in {path} may be of "
            f"{', '.join(those) or 'nobody here'}. Settle that, or say who gets 0: --zero-for ID …"
        )
    return notes
