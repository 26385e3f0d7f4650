import { useEffect, useState } from 'react'

/** The code of `#code=...`, which is then gone from the url and from the history. */
export function useCodeOfUrl(): string | undefined {
  const [code, setCode] = useState(readCode)
  // Not while it renders: React may do that several times before it keeps the state.
  useEffect(() => {
    const take = () => {
      const given = readCode()
      if (given === undefined) return
      history.replaceState(history.state, '', location.pathname + location.search)
      setCode(given)
    }
    take()
    // A link that is opened where this page is already changes nothing but the fragment.
    addEventListener('hashchange', take)
    return () => removeEventListener('hashchange', take)
  }, [])
  return code
}

function readCode(): string | undefined {
  return new URLSearchParams(location.hash.slice(1)).get('code') || undefined
}
