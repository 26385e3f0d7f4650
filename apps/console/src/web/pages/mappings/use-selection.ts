import type { Mapping } from '@mtls-gateway/contract'
import { useState } from 'react'
import type { Selection } from '../../ui/table.tsx'

export interface SelectedMappings extends Selection<Mapping> {
  readonly ids: readonly number[]
  readonly set: (ids: readonly number[]) => void
}

const none: ReadonlySet<number> = new Set()

/** Mappings that are ticked in a list; none once it is another list. @param list what tells it from others */
export function useSelection(list: string): SelectedMappings {
  const [selected, setSelected] = useState({ list, ids: none })
  const ids = selected.list === list ? selected.ids : none
  return {
    ids: [...ids],
    isSelected: ({ id }) => ids.has(id),
    nameOf: ({ name }) => name,
    onSelect: (rows, isSelected) => {
      const next = new Set(ids)
      for (const { id } of rows) {
        if (isSelected) next.add(id)
        else next.delete(id)
      }
      setSelected({ list, ids: next })
    },
    set: (next) => setSelected({ list, ids: new Set(next) }),
  }
}
