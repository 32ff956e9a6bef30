# Disks of their own for Redis and PostgreSQL, in memory, so that they can be full.
# shellcheck shell=bash disable=SC2154

# Before there is data. Where mounting is not permitted, the data lies where it always does, and cannot be filled.
disk_own() {
    [[ -n ${FLASHLINE_DISK_MB:-} && -z $(ls -A "$1") ]] && ((EUID == 0)) || return 0
    echo "$FLASHLINE_DISK_MB" >"$home/disk-mb"
    mount -t tmpfs -o "size=${FLASHLINE_DISK_MB}m,mode=700" flashline "$1" 2>/dev/null || true
}

disk_of() {
    readlink -f "$home/$1"
}

# The disk shrinks to what is on it: at once, whatever its size. It cannot while more is written at the same moment.
disk_fill() {
    local disk tries
    disk="$(disk_of "$1")"
    mountpoint -q "$disk" || die "$1 has no disk of its own: start a new set as root with FLASHLINE_DISK_MB"
    for ((tries = 0; tries < 50; tries++)); do
        mount -o "remount,size=$(df --output=used --block-size=1K "$disk" | tail -n1 | tr -d ' ')k" "$disk" 2>/dev/null && return
    done
    die "the disk of $1 cannot be filled"
}

disk_free() {
    mount -o "remount,size=$(cat "$home/disk-mb")m" "$(disk_of "$1")"
    running "$1" || start "$1"
    wait_healthy "$1"
}

# Gives the memory back. What RabbitMQ has belongs to sales that are gone then.
disks_give_up() {
    local server disk given=
    for server in redis postgres; do
        disk="$(disk_of "$server")"
        if mountpoint -q "$disk"; then
            umount "$disk" && given=yes
        fi
    done
    [[ -z $given ]] || rm -rf "$home/rabbitmq"
}
