import { useEffect, useState } from 'react'
import { Button } from './button.tsx'

const thanksMs = 2_000

/** Puts a text in the clipboard, and says so. */
export function Copy({
  text,
  label,
  children = 'Copy',
}: {
  readonly text: string
  readonly label: string
  readonly children?: string
}) {
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle')
  useEffect(() => {
    if (state === 'idle') return
    const timer = setTimeout(() => setState('idle'), thanksMs)
    return () => clearTimeout(timer)
  }, [state])
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setState('copied'),
      () => setState('refused'),
    )
  return (
    <>
      <Button aria-label={label} onClick={() => void copy()}>
        {state === 'copied' ? 'Copied' : state === 'refused' ? 'Select and copy it by hand' : children}
      </Button>
      <span role="status" hidden>
        {state === 'copied' ? 'Copied' : ''}
      </span>
    </>
  )
}
