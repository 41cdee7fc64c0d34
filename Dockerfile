FROM python:3.13-slim AS build
RUN pip install --no-cache-dir --disable-pip-version-check uv==0.13.9
ENV UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=0
WORKDIR /app

# What the program needs changes less often than the program: a layer of its own.
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-dev --extra otel --no-install-project
COPY README.md LICENSE ./
COPY schemas ./schemas
COPY worker ./worker
RUN uv sync --locked --no-dev --extra otel --no-editable


FROM python:3.13-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin handover
# To the same path: scripts in a virtual environment name their interpreter by it.
COPY --from=build /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:$PATH
WORKDIR /app
# By number, so that an orchestrator can see that it is not root.
USER 10001
ENTRYPOINT ["handover"]
CMD ["worker"]
