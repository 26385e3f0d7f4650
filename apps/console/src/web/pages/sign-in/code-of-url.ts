import { useEffect, useState } from 'react'

/** The code of `#code=...`, which is then gone from the url and from the history. */
export function useCodeOfUrl(): string | undefined {
  const [code] = useState(readCode)
  // Not while it renders: React may do that several times before it keeps the state.
  useEffect(() => {
    if (code !== undefined) history.replaceState(history.state, '', location.pathname + location.search)
  }, [code])
  return code
}

function readCode(): string | undefined {
  return new URLSearchParams(location.hash.slice(1)).get('code') || undefined
}
