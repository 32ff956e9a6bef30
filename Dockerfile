# One image with every service; which one runs is the command: ingress, dispenser, order-worker, notifier,
# sandbox-gateway, migrate.
#   docker build -t flashline:local .
FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
ENV SQLX_OFFLINE=true CARGO_INCREMENTAL=0
# What the build leaves stays in the builder's cache: a changed line compiles what depends on it, no more.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bins \
        -p ingress -p dispenser -p order-worker -p notifier -p migrations \
    && install -D -t /out \
        target/release/ingress target/release/dispenser target/release/order-worker target/release/notifier \
        target/release/sandbox-gateway target/release/migrate

FROM debian:bookworm-slim
COPY --from=build /out/ /usr/local/bin/
COPY --chmod=755 compose/ready /usr/local/bin/ready
# For uploaded pictures: what is mounted there without an owner of its own gets this one.
RUN install -d -o 10001 -g 10001 /var/lib/flashline/pictures
# By number, so that Kubernetes can see that it is not root.
USER 10001:10001
# Within the container's own network; who may reach it is decided outside.
ENV FLASHLINE_OPS_LISTEN=0.0.0.0:9000 \
    FLASHLINE_INGRESS_LISTEN=0.0.0.0:8080 \
    FLASHLINE_NOTIFIER_LISTEN=0.0.0.0:8081 \
    FLASHLINE_WEBHOOK_LISTEN=0.0.0.0:8082 \
    FLASHLINE_GATEWAY_LISTEN=0.0.0.0:8083 \
    FLASHLINE_PICTURES_FOLDER=/var/lib/flashline/pictures \
    FLASHLINE_LOG_FORMAT=json
EXPOSE 8080 8081 8082 8083 9000
STOPSIGNAL SIGTERM
CMD ["ingress"]
