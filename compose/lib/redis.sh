# Redis, as durable as it gets: a commit is on disk before it is answered.
# shellcheck shell=bash disable=SC2154

redis_start() {
    local more=() port
    port="$(port_of "$1")"
    [[ $1 == redis ]] || redis_one_of_several "$1"
    mkdir -p "$home/$1"
    disk_own "$home/$1"
    rm -f "$home/$1.pid"
    # aof-load-truncated no: rather refuse to start than start with less than was promised.
    # A rewrite of the log takes a core: not for every 64 MB of a sale, and without compressing random ids.
    redis_tls "$1"
    redis-server --port "$port" --bind 127.0.0.1 --protected-mode yes --daemonize yes \
        --dir "$home/$1" --pidfile "$home/$1.pid" --logfile "$home/$1.log" \
        --appendonly yes --appendfsync always --aof-load-truncated no --no-appendfsync-on-rewrite no \
        --auto-aof-rewrite-min-size 1gb --rdbcompression no \
        --save '' --maxmemory-policy noeviction ${more[@]+"${more[@]}"} >/dev/null 9>&-
}

redis_tls() {
    is_tls || return 0
    more+=(--tls-port "$port" --tls-replication yes --tls-ca-cert-file "$home/tls/ca.pem"
        --tls-cert-file "$home/tls/server.pem" --tls-key-file "$home/tls/server.key")
    port=0
}

redis_renew() {
    redis_say "$1" config set tls-cert-file "$home/tls/server.pem" tls-key-file "$home/tls/server.key" >/dev/null
}

# Says something to a server as a client of the set, whatever certificate it has.
redis_say() {
    redis_say_at "$(port_of "$1")" "${@:2}"
}

redis_say_at() {
    local words
    mapfile -t words < <(tls_client --cert --key)
    is_tls && words+=(--tls --insecure)
    redis-cli -p "$1" ${words[@]+"${words[@]}"} "${@:2}" 2>/dev/null
}

# A primary that no replica follows takes no writes: another may have taken its place.
# A replica that was away a moment goes on where it was, and a new one does not wait for others.
redis_one_of_several() {
    local primary
    primary="$(sentinel_primary_port)"
    more+=(--min-replicas-to-write 1 --min-replicas-max-lag 5 --repl-backlog-size 64mb --repl-diskless-sync-delay 0)
    [[ $primary == "$(port_of "$1")" ]] || more+=(--replicaof 127.0.0.1 "$primary")
}

redis_stop() {
    stop_by_signal "$1" TERM
}

redis_healthy() {
    [[ $(redis_say "$1" ping) == PONG ]]
}

redis_role() {
    case "$(redis_say "$1" role | head -n1)" in
    master) echo primary ;;
    slave) echo replica ;;
    esac
}

redis_wipe() {
    redis_say redis flushall >/dev/null
    redis_stop redis
    redis_start redis
}

# Frozen meanwhile, so that the copy is of one moment.
redis_keep() {
    rm -rf "$home/redis.kept"
    signal redis STOP
    cp -r "$home/redis" "$home/redis.kept"
    signal redis CONT
}

redis_put_back() {
    [[ -d $home/redis.kept ]] || die "nothing was kept: compose/servers --name $name keep redis"
    signal redis KILL
    while running redis; do sleep 0.02; done
    # Its folder stays: it may be a disk.
    rm -rf "$home/redis/"*
    mv "$home/redis.kept/"* "$home/redis/"
    rmdir "$home/redis.kept"
    redis_start redis
}
