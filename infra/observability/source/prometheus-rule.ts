/**
 * A file of rules as the object that the Prometheus Operator reads: the same text, below `spec`.
 * @param name of the file, without its end
 */
export function prometheusRuleOf(name: string, rules: string): string {
  const indented = rules.replaceAll(/^(?=.)/gm, '  ')
  return `apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: mtls-gateway-${name}
spec:
${indented}`
}
