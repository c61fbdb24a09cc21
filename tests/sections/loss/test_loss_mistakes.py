"""What is said of a logarithm with another base."""

import re

import pytest
from support.bank import WRONG, examined


@pytest.mark.parametrize("name", ["log2", "log10"])
def test_the_base_that_is_named_is_the_one_that_was_used(name):
    (wrong,) = (one for one in WRONG if (one.component, one.name) == ("CrossEntropyLoss", name))
    _, diagnosis = examined(wrong)
    assert re.findall(r"\d+", diagnosis.headline) == [name.removeprefix("log")]
