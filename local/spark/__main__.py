"""
`python -m local.spark`: the kernel. Its input is a line with its options, then one JSON object per line:

    {"id": 1, "run": {"notebook": "/…/a.py", "parameters": {"schema": "batch"}, "name": "a", "timeout": 60}}
    {"id": 2, "sql": {"statement": "SELECT :x AS x", "parameters": {"x": 1}}}
    {"cancel": 1}
    {"secrets": {"scope": {"key": "value"}}}      the secrets of all runs that start from now on

Its output is one JSON object per line: `{"ready": …}` or `{"fatal": …}`, then for each request any number of
`{"id": 1, "output": "…"}` and finally `{"id": 1, "result": …}` or `{"id": 2, "error": "…"}`. The kernel
ends when its input ends.
"""

from .kernel import main

main()
