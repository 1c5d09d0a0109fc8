#!/bin/sh
# Stands in for Python, pip and venv in test_scripts.py: answers what the scripts ask, quickly, and notes it down.
# FAKE_VERSION, FAKE_VENV, FAKE_PIP and FAKE_CV2 choose what goes wrong; REAL_PYTHON runs the scripts' own programs.
printf '%s\n' "$*" >>"$FAKE_LOG"
case "$*" in
*'"%d.%d"'*) echo "${FAKE_VERSION:-3.12}" ;;
--version) echo "Python ${FAKE_VERSION:-3.12}.0" ;;
*ensurepip*) exit "${FAKE_VENV:-0}" ;;
'-m venv '*)
    mkdir -p .venv/bin .venv/lib/python3.12/site-packages/cv2 .venv/lib/python3.12/site-packages/mediapipe/tasks/c
    touch .venv/lib/python3.12/site-packages/cv2/cv2.so
    cp "$0" .venv/bin/python
    ;;
'-m pip '*' -e .')
    printf '#!/bin/sh\nprintf "[%%s]" gesture "$@"\n' >.venv/bin/gesture
    chmod +x .venv/bin/gesture
    ;;
'-m pip '*)
    echo "Collecting everything"
    echo "Requirement already satisfied: all else"
    [ "${FAKE_PIP:-}" != killed ] || kill -9 "$PPID"
    [ "${FAKE_PIP:-}" != interrupted ] || kill -2 "$PPID"
    [ -n "${FAKE_PIP:-}" ] || exit 0
    echo "$FAKE_PIP" >&2
    exit 1
    ;;
-)
    [ -z "${REAL_PYTHON:-}" ] || exec "$REAL_PYTHON" -
    case "$(cat)" in
    *cv2*) exit "${FAKE_CV2:-0}" ;;
    esac
    ;;
esac
