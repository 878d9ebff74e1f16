-- Prints docs/metrics.md, from the table in lua/server/metrics.lua: the target `metrics` of the build writes it.

dofile((arg[0]:match('^(.*)tools/lib/[^/]*$') or '') .. 'lua/server/metrics.lua')

io.write([[
# Metrics

Generated from the table in `lua/server/metrics.lua`; change it there, then build the target `metrics`.

With the convar `sonoran_bridge_page_token` set ([page.md](page.md)), `http://<server>:<game port>/sonoran_bridge/metrics` gives the metrics to a client that sends the token as `Authorization: Bearer <token>`: as Prometheus text (0.0.4), or as OpenMetrics (1.0.0) to a client that accepts `application/openmetrics-text`. In prometheus.yml:

```yaml
scrape_configs:
  - job_name: sonoran_bridge
    metrics_path: /sonoran_bridge/metrics
    authorization:
      credentials_file: /etc/prometheus/sonoran_bridge.token
    static_configs:
      - targets: ['127.0.0.1:30120']
```

The game server answers an address 10 times a second at most. [grafana.json](grafana.json) is a Grafana dashboard for these metrics. Counters begin at 0 with each start of the bridge, and with each `sonoran_bridge reload`. Unknown values and operations that were never used are left out. The bounds of histograms are octaves from 1.28 ms to 83.9 s.

| metric | type | |
|---|---|---|
]])
for _, metric in ipairs(Metrics.list()) do
  io.write(('| `%s` | %s | %s |\n'):format(metric.name, metric.type, metric.help))
end
