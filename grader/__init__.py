"""The instructor's side: notebooks in two forms, the release, trusted grading behind nbgrader's own
commands.
"""

import sys

# For formats that no notebook has, jsonschema would put a grammar together at every start, for seconds; it
# can do without.
sys.modules.setdefault("rfc3987_syntax", None)
