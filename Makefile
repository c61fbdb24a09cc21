# The course's commands; `make` alone lists them. PYTHON names the Python that .venv is made from, ARGS is handed on:
#     make lab PYTHON=python3.12 ARGS="--port 9999 --no-browser"
# ASSIGNMENT is a folder in source/: unless it is said, the first one that has sections, which make sync wrote into
# pyproject.toml.

PYTHON ?= python3
ARGS ?=
ASSIGNMENT ?= $(shell sed -n 's|^"source/\(.*\)/" = "ipynb"$$|\1|p' pyproject.toml)

VENV := $(CURDIR)/.venv
PROGRAMS := PYTHON="$(PYTHON)" GOAL="$(MAKECMDGOALS)" scripts/programs
SETUP := PYTHON="$(PYTHON)" GOAL="$(MAKECMDGOALS)" scripts/venv
PYTEST = "$(VENV)/bin/python" -m pytest -n 2 --dist loadscope --no-loadscope-reorder

# Root must say so, and without a display there is no browser to open.
ROOT_FLAG := $(if $(filter 0,$(shell id -u)),--allow-root)
DISPLAY_FLAG := $(if $(DISPLAY)$(WAYLAND_DISPLAY)$(BROWSER)$(filter Darwin,$(shell uname)),,--no-browser)

# jupyter/common and the folder of the one lab come before the user's own configuration; COURSE_BIN is for the terminals.
jupyter = exec env PATH="$(VENV)/bin:$$PATH" COURSE_BIN="$(VENV)/bin" \
	JUPYTER_CONFIG_PATH="$(CURDIR)/jupyter/$(1):$(CURDIR)/jupyter/common$${JUPYTER_CONFIG_PATH:+:$$JUPYTER_CONFIG_PATH}" \
	"$(VENV)/bin/jupyter-lab" $(ROOT_FLAG) $(DISPLAY_FLAG)

.PHONY: help lab instructor test check demo sync section book figures clean

help:  ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /\1 /p' Makefile | while read -r name text; do printf 'make %-11s %s\n' "$$name" "$$text"; done

lab:  ## work through the course as a student, in workspace/ASSIGNMENT
	@$(SETUP) release
	@"$(VENV)/bin/python" -m grader workspace $(ASSIGNMENT)
	@cd workspace/$(ASSIGNMENT) && $(call jupyter,student) --ServerApp.root_dir="$(CURDIR)/workspace/$(ASSIGNMENT)" \
		--LabApp.default_url=/lab/tree/$$(ls *.ipynb | head -n 1) $(ARGS)

instructor:  ## edit the notebooks and grade with nbgrader's formgrader
	@$(PROGRAMS) instructor
	@$(SETUP) instructor
	@$(call jupyter,instructor) --ServerApp.root_dir="$(CURDIR)" $(ARGS)

test:  ## run all tests; on Debian and Ubuntu it installs the programs that they need
	@$(PROGRAMS) test
	@$(SETUP) test
	@$(PYTEST) $(ARGS)

check:  ## run ruff and the tests that need no browser, no sandbox, no nbgrader run and no PostgreSQL
	@$(SETUP) test
	@$(PYTEST) --hypothesis-profile=check -m "not browser and not sandbox and not nbgrader and not postgresql" $(ARGS)

demo:  ## generate, autograde and give feedback on three made-up hand-ins, on a scratch copy
	@$(PROGRAMS) demo
	@$(SETUP) instructor
	@"$(VENV)/bin/python" -m grader demo $(ARGS)

sync:  ## bring source/ and mytorch in step with notebooks/ and mytorch/sections
	@$(SETUP) instructor
	@"$(VENV)/bin/python" -m grader sync $(ARGS)

section:  ## begin a new section: make section NAME=dropout
	@$(SETUP) instructor
	@"$(VENV)/bin/python" -m grader section $(NAME) --assignment $(ASSIGNMENT) $(ARGS)

book:  ## write the handout as a website into book/
	@$(SETUP) book
	@"$(VENV)/bin/python" -m grader book $(ASSIGNMENT) $(ARGS)

figures:  ## draw the notebooks' pictures again
	@$(SETUP) instructor
	@"$(VENV)/bin/python" notebooks/figures/draw.py $(ARGS)

clean:  ## remove what can be made again: .venv, releases, caches (never your work, hand-ins or grades)
	rm -rf .venv release/*/ .pytest_cache *.egg-info
	find . \( -path ./workspace -o -path ./submitted -o -path ./.git \) -prune -o -name __pycache__ -prune -exec rm -rf {} +
