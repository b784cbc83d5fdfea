# docker build -t mentorship . && docker run -p 8080:8080 -v mentorship:/data mentorship
# CI cannot run a container engine; .ci/steps/90-dockerfile.sh does what this file says in an empty folder instead.

FROM rust:1.95-bookworm AS build
WORKDIR /build
COPY . .
RUN cargo build --release --locked

FROM debian:bookworm-slim
# A numeric user, so that an orchestrator can check that it is not root.
RUN install -d -o 10001 -g 10001 -m 0700 /data
# For calls to identity providers and webhooks; the slim image has no certificates.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /build/target/release/mentorship /usr/local/bin/mentorship
USER 10001:10001
ENV MENTORSHIP_ADDRESS=0.0.0.0:8080
ENV MENTORSHIP_DATA=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s CMD ["mentorship", "health"]
ENTRYPOINT ["mentorship"]
CMD ["serve"]
