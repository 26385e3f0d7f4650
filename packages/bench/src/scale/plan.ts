export interface ScaleSize {
  readonly accounts: number
  readonly certificates: number
  readonly mappings: number
}

export interface PlannedAccount {
  readonly id: string
  readonly certificates: number
  readonly mappings: number
}

/** As much as one account must hold. */
const large = { certificates: 1_000, mappings: 10_000 }

/** The first account is as large as one may be; the others share what is left evenly. */
export function planAccounts({ accounts, certificates, mappings }: ScaleSize): readonly PlannedAccount[] {
  const first = {
    certificates: accounts === 1 ? certificates : Math.min(large.certificates, Math.ceil(certificates / 2)),
    mappings: accounts === 1 ? mappings : Math.min(large.mappings, Math.ceil(mappings / 2)),
  }
  const others = Array.from({ length: accounts - 1 }, (_, index) => ({
    id: `scale-${index + 1}`,
    certificates: share(certificates - first.certificates, accounts - 1, index),
    mappings: share(mappings - first.mappings, accounts - 1, index),
  }))
  return [{ id: 'scale-0', ...first }, ...others]
}

function share(total: number, parts: number, index: number): number {
  return Math.floor(((index + 1) * total) / parts) - Math.floor((index * total) / parts)
}
