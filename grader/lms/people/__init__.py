"""Who is who.

roster    the students, by the gradebook and by lists of them
matcher   which of them a name, a number or an e-mail means
sheet     a system's grade sheet: whose line is which, and one column filled
"""
