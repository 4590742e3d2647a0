#!/usr/bin/env bash
# Install this project with the extras $2 (test,lint) into the virtual environment $1.
set -euo pipefail

venv=$1
extras=$2
# pip would compile every module there is, minutes of work for what is mostly never imported. Python
# compiles a module when it is first imported; only a kernel writes no bytecode, so what kernels
# import is compiled here.
kernels=(
    IPython comm debugpy fontTools ipykernel jedi jinja2 joblib jupyter_client jupyter_core
    matplotlib mizani mpl_toolkits nbclient nbformat parso PIL plotnine prompt_toolkit psutil
    pydantic pygments pyparsing rich sklearn statsmodels tornado traitlets typer zmq
)

"$venv/bin/pip" install --quiet --no-compile --editable ".[$extras]"
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
folders=(reportgen)
for name in "${kernels[@]}"; do
    [ -d "$site/$name" ] && folders+=("$site/$name")
done
"$venv/bin/python" -m compileall -q -j 0 -x '/tests?/|/externals/' "${folders[@]}"
