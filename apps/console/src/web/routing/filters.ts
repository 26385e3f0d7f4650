import { useMemo } from 'react'
import { useSearchParams } from 'wouter'

/** Reads a parameter of the url, which anyone can have written: what doesn't fit is as if it were not there. */
type Reader<Value> = (text: string) => Value | undefined

type Values<Readers> = {
  readonly [Name in keyof Readers]: Readers[Name] extends Reader<infer V> ? V | undefined : never
}

export const text: Reader<string> = (given) => (given === '' ? undefined : given)

export const whole: Reader<number> = (given) => (/^\d{1,15}$/.test(given) ? Number(given) : undefined)

export const flag: Reader<boolean> = (given) => (given === 'true' ? true : given === 'false' ? false : undefined)

/**
 * Filters of a list, kept in the url, and what changes them. `readers` must be the same object each time.
 * `isNarrowed`: there is one.
 */
export function useFilters<Readers extends Readonly<Record<string, Reader<unknown>>>>(readers: Readers) {
  const [parameters, setParameters] = useSearchParams()
  const search = parameters.toString()
  const filters = useMemo(() => {
    const given = new URLSearchParams(search)
    const read = Object.entries(readers).map(([name, reader]) => [name, reader(given.get(name) ?? '')])
    // The keys are those of the readers, which fromEntries forgets.
    return Object.fromEntries(read) as Values<Readers>
  }, [readers, search])
  const narrow = (change: Partial<Values<Readers>>) =>
    setParameters(
      (previous) => {
        const next = new URLSearchParams(previous)
        for (const [name, value] of Object.entries(change)) {
          if (value === undefined) next.delete(name)
          else next.set(name, String(value))
        }
        return next
      },
      { replace: true },
    )
  return { filters, narrow, isNarrowed: Object.values(filters).some((value) => value !== undefined) }
}
