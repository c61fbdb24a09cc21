# The user's own set-up first: it may put another Python (conda's, pyenv's) before the one JupyterLab was started with.
[ -f ~/.bashrc ] && . ~/.bashrc
PATH="$COURSE_BIN:$PATH"
hash -r
