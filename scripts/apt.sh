# To be sourced: apt_install PACKAGE... installs what it can, and says what it could not.

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        return 1
    fi
}

apt_install() {
    if ! command -v apt-get >/dev/null; then
        echo "Not a Debian machine; please install yourself: $*" >&2
        return 1
    fi
    as_root apt-get update --quiet=2 || echo "apt-get update failed; trying with what is known" >&2
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes --quiet=2 --no-install-recommends "$@" >/dev/null || {
        echo "Could not install: $*. Install them yourself (as root: apt-get install $*)." >&2
        return 1
    }
}
