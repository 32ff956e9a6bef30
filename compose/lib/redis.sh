# Redis, as durable as it gets: a commit is on disk before it is answered.
# shellcheck shell=bash disable=SC2154

redis_start() {
    mkdir -p "$home/redis"
    disk_own "$home/redis"
    rm -f "$home/redis.pid"
    # aof-load-truncated no: rather refuse to start than start with less than was promised.
    # A rewrite of the log takes a core: not for every 64 MB of a sale, and without compressing random ids.
    redis-server --port "$redis_port" --bind 127.0.0.1 --protected-mode yes --daemonize yes \
        --dir "$home/redis" --pidfile "$home/redis.pid" --logfile "$home/redis.log" \
        --appendonly yes --appendfsync always --aof-load-truncated no --no-appendfsync-on-rewrite no \
        --auto-aof-rewrite-min-size 1gb --rdbcompression no \
        --save '' --maxmemory-policy noeviction >/dev/null 9>&-
}

redis_stop() {
    stop_by_signal redis TERM
}

redis_healthy() {
    [[ $(redis-cli -p "$redis_port" ping 2>/dev/null) == PONG ]]
}

redis_wipe() {
    redis-cli -p "$redis_port" flushall >/dev/null
    redis_stop
    redis_start
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
    redis_start
}
