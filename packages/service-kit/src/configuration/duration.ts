const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `500ms`, `30s`, `5m`, `1h`, `30d` in milliseconds; undefined for anything else. `0` needs no unit. */
export function durationMs(text: string): number | undefined {
  if (text === '0') return 0
  const [, amount, unit = ''] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? []
  const factor = unitMs[unit]
  return factor === undefined ? undefined : Number(amount) * factor
}
