/** A figure held against its bound. */
export interface Verdict {
  readonly what: string
  readonly figure: number
  readonly bound: number
  /** Whether the bound is the least or the most that the figure may be. */
  readonly kind: 'at least' | 'at most'
  readonly unit: string
}

export function holds({ figure, bound, kind }: Verdict): boolean {
  return kind === 'at least' ? figure >= bound : figure <= bound
}

export function atLeast(bound: number, what: string, figure: number, unit = ''): Verdict {
  return { what, figure, bound, kind: 'at least', unit }
}

export function atMost(bound: number, what: string, figure: number, unit = ''): Verdict {
  return { what, figure, bound, kind: 'at most', unit }
}
