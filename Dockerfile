# The libraries that Almoner stands on are built with it, so that the second stage needs none.
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends make perl \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /almoner
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/almoner/target \
    cargo build --locked --release --bin almoner \
 && cp target/release/almoner /usr/local/bin/almoner

FROM debian:bookworm-slim
# A user without a home, a shell or rights; the two folders are that user's alone.
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin almoner \
 && install --directory --owner=almoner --group=almoner --mode=0700 /data /keys
COPY --from=build /usr/local/bin/almoner /usr/local/bin/almoner
COPY LICENSE-MIT LICENSE-APACHE almoner.example.toml /usr/share/doc/almoner/
USER almoner
# The keys lie apart from the data, so that a copy of the one does not open the other.
ENV ALMONER_DATA=/data \
    ALMONER_KEYS_FOLDER=/keys \
    ALMONER_LOG_FORMAT=json
VOLUME ["/data", "/keys"]
EXPOSE 8080
# /dev/tcp is bash's own: nothing has to be installed to ask for one page.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["bash", "-c", \
  "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["almoner"]
# Beyond the container this is reached by other machines: it starts only with a certificate (ALMONER_TLS_CERTIFICATE and
# ALMONER_TLS_KEY) or with ALMONER_TRUSTED_PROXIES, and then wants ALMONER_BASE_URL, the address that people use.
CMD ["serve", "--listen", "0.0.0.0:8080"]
