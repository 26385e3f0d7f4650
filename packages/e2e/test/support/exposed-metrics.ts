export interface ExposedMetric {
  readonly name: string
  readonly type: string
  /** The labels of each sample, without those that its type adds. */
  readonly labels: readonly (readonly string[])[]
}

const ofTypes = ['le', 'quantile']

/** What is in an answer of `/metrics`. */
export function exposedMetrics(text: string): readonly ExposedMetric[] {
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => {
    const suffix = type === 'histogram' ? '_(?:bucket|sum|count)' : ''
    const own = new RegExp(`^${name}${suffix}(?:\\{(.*)\\})? \\S+$`)
    const labels = samples.flatMap((line) => {
      const found = own.exec(line)
      return found ? [labelNames(found[1] ?? '').filter((label) => !ofTypes.includes(label))] : []
    })
    return { name, type, labels }
  })
}

function labelNames(text: string): string[] {
  return [...text.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)].map(([, label = '']) => label)
}
