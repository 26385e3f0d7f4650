import { useEffect, useEffectEvent, useState } from 'react'
import { TextField } from './field.tsx'

const pauseMs = 200

export interface SearchFieldProps {
  readonly label: string
  readonly value: string | undefined
  /** After a pause in typing. */
  readonly onSearch: (text: string | undefined) => void
}

/** Searches while one types. */
export function SearchField({ label, value = '', onSearch }: SearchFieldProps) {
  const [typed, setTyped] = useState(value)
  // The url can change by other means than typing: back, a link.
  const [known, setKnown] = useState(value)
  if (known !== value) {
    setKnown(value)
    setTyped(value)
  }
  const search = useEffectEvent(() => {
    if (typed === value) return
    setKnown(typed)
    onSearch(typed === '' ? undefined : typed)
  })
  useEffect(() => {
    if (typed === '') return search()
    const timer = setTimeout(search, pauseMs)
    return () => clearTimeout(timer)
  }, [typed])
  return <TextField type="search" label={label} value={typed} onChange={(event) => setTyped(event.target.value)} />
}
