import { text, useFilters } from '../routing/filters.ts'
import { SelectField } from './field.tsx'

const orders = {
  name: 'Name, A to Z',
  '-name': 'Name, Z to A',
  expires: 'Expires first',
  '-expires': 'Expires last',
  '-lastUsed': 'Recently used',
  lastUsed: 'Longest unused',
} as const

const readers = { sort: text }

export interface Sorting {
  /** As the API has it. */
  readonly sort: string
  readonly setSort: (sort: string) => void
}

/** The order of a list, kept in the url. @param usual unless the url names one */
export function useSort(usual: keyof typeof orders = 'name'): Sorting {
  const { filters, narrow } = useFilters(readers)
  const setSort = (sort: string) => narrow({ sort: sort === usual ? undefined : sort })
  return { sort: filters.sort ?? usual, setSort }
}

/** What a list is sorted by. */
export function SortField({ sorting: { sort, setSort } }: { readonly sorting: Sorting }) {
  return (
    <SelectField label="Sort by" value={sort} onChange={(event) => setSort(event.target.value)}>
      {Object.entries(orders).map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </SelectField>
  )
}
