"""All that the course knows of a section, one folder a section; ``mytorch.course`` puts them in order."""
