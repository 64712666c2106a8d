# 挂图的生产镜像：网页与程序在前两段构建，最后一段只有运行所需的工具。

FROM node:20-bookworm AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --no-audit --no-fund --loglevel=error
COPY web ./
RUN npm run build

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=web /src/web/dist web/dist
RUN CGO_ENABLED=0 go build -buildvcs=false -trimpath -ldflags=-s -o /guatu ./cmd/guatu

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates ffmpeg fontconfig fonts-noto-cjk gdal-bin libvips-tools \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin guatu
COPY --from=build /guatu /usr/local/bin/guatu
COPY docker/ready.sh /usr/local/bin/ready
USER guatu
WORKDIR /tmp
ENV GUATU_LISTEN=0.0.0.0:8484 GUATU_ADMIN_LISTEN=127.0.0.1:8485 GUATU_LOG_JSON=true
EXPOSE 8484
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["ready", "8485", "/readyz"]
ENTRYPOINT ["guatu"]
CMD ["serve"]
