/** Files of prom-client that it has no types for. */
declare module 'prom-client/lib/metrics/*.js' {
  const collect: (
    registry: import('prom-client').Registry,
    options: { readonly eventLoopMonitoringPrecision: number },
  ) => void
  export default collect
}
