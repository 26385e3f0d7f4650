import { type UseMutationResult, useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'

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

/** Asks once for each code what it is for. Not a query: those are forgotten when somebody else signs in. */
export function useMeaning<T>(
  code: string | undefined,
  ask: (code: string) => Promise<T>,
): UseMutationResult<T, Error, string> {
  const asking = useMutation({ mutationFn: ask })
  const { mutate } = asking
  const asked = useRef<string>(undefined)
  useEffect(() => {
    if (code === undefined || asked.current === code) return
    asked.current = code
    mutate(code)
  }, [code, mutate])
  return asking
}

function readCode(): string | undefined {
  return new URLSearchParams(location.hash.slice(1)).get('code') || undefined
}
