"""What the comparison found: a few lines for the terminal, a CSV. The page is in page.py."""

from dataclasses import dataclass
from decimal import Decimal

from grader.grading.words import table
from mytorch.characters import counted, printable

from .fingerprints import ClassReader
from .score import CODE, LETTER, REMARKS, Likeness, clusters
from .submissions import Submission


@dataclass
class Examination:
    """Everything that is told. ``count``: the first so many of the submissions are this term's."""

    assignment: str
    submissions: list[Submission]
    count: int
    comparison: Likeness
    reader: ClassReader
    everybodys: set[int]  # fingerprints of what the assignment gives

    @property
    def compared(self) -> str:
        """What was, in a sentence."""
        older = len(self.submissions) - self.count
        against = f" and with {counted(older, 'earlier one')}" if older else ""
        return f"{self.assignment}: {counted(self.count, 'submission')} compared with each other{against}."

    @property
    def verdict(self) -> str:
        """What came of it, in a sentence."""
        flagged = self.comparison.flagged
        if not flagged:
            return "No pair is flagged."
        return f"{counted(len(flagged), 'pair')} flagged, in {counted(len(clusters(flagged)), 'group')}."

    @property
    def problems(self) -> list[str]:
        """A sentence for each notebook that could not be read."""
        return [f"{one.name}: {problem}" for one in self.submissions for problem in one.problems]

    def name(self, number: int) -> str:
        """Of a submission, by its number."""
        return printable(self.submissions[number].name)


def summary(examined: Examination) -> str:
    """What was compared, the pairs to look at, what could not be read."""
    pairs, flagged = examined.comparison.pairs, examined.comparison.flagged
    lines = [examined.compared, examined.verdict]
    shown = flagged[:15] or pairs[:3]
    if shown:
        names = [(examined.name(pair.first), examined.name(pair.second)) for pair in shown]
        first, second = (max(len(name[side]) for name in names) for side in (0, 1))
        lines += ["", "score  code  words  to the letter" if flagged else "The closest pairs, not flagged:"]
        lines += [
            f"{pair.score:5.2f}  {pair.likeness[CODE]:4.2f}  {pair.likeness[REMARKS]:5.2f}  "
            f"{pair.likeness[LETTER]:13.2f} "
            f" {a:{first}}  {b:{second}}".rstrip()
            for pair, (a, b) in zip(shown, names)
        ]
    if len(flagged) > len(shown):
        lines.append(f"... and {len(flagged) - len(shown)} more flagged pairs, in the files.")
    lines += [f"Not read: {sentence}" for sentence in examined.problems]
    return "\n".join(lines)


def csv_table(examined: Examination) -> str:
    """All flagged pairs and the most alike of the others, most alike first."""
    comparison = examined.comparison
    group_of = {
        number: index for index, group in enumerate(clusters(comparison.flagged), 1) for number in group
    }
    rows = [["first", "second", "second_from", "flagged", "score", "code", "words", "to_the_letter", "group"]]
    rows[0] += ["first_full_name", "second_full_name"]
    for pair in comparison.pairs:
        first, second = examined.submissions[pair.first], examined.submissions[pair.second]
        values = (pair.score, *(pair.likeness[kind] for kind in (CODE, REMARKS, LETTER)))
        numbers = [Decimal(f"{value:.3f}") for value in values]
        group = group_of[pair.first] if pair.flagged else ""
        names = first.student, second.student, second.term
        full_names = first.full_name, second.full_name
        rows.append([*names, "yes" if pair.flagged else "no", *numbers, group, *full_names])
    return table(rows)
