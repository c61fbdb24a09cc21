"""For formats that no notebook has, jsonschema would put a grammar together at every start, for seconds. It
can do without.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)
