import { lazy, Suspense, useEffect, useEffectEvent, useState } from 'react'
import styles from './find.module.css'

const Finder = lazy(async () => ({ default: (await import('./finder.tsx')).Finder }))

/**
 * Opens the way to any page, certificate or mapping: by a button, by Ctrl-K, and by / where nobody is typing. Its code
 * is fetched then, and what is typed until it has come goes into its field.
 */
export function Find() {
  /** Undefined: it is closed. Else what was typed before it was there. */
  const [typed, setTyped] = useState<string>()
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    // What is open has to be closed first: it may have something that was typed.
    if (document.querySelector('dialog[open]') !== null) return
    if (typed === undefined && opensFinder(event)) setTyped('')
    else if (typed !== undefined && isLetter(event)) setTyped((before = '') => before + event.key)
    else return
    event.preventDefault()
  })
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event)
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])
  return (
    <>
      <button type="button" className={styles.button} aria-keyshortcuts="Control+K /" onClick={() => setTyped('')}>
        Find <kbd>Ctrl K</kbd>
      </button>
      {typed !== undefined && (
        <Suspense>
          <Finder initialText={typed} onClose={() => setTyped(undefined)} />
        </Suspense>
      )}
    </>
  )
}

function opensFinder({ key, ctrlKey, metaKey, altKey, shiftKey, target }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey) return key.toLowerCase() === 'k' && !altKey && !shiftKey
  return key === '/' && !(target instanceof Element && target.matches('input, textarea, select'))
}

function isLetter({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return key.length === 1 && !ctrlKey && !metaKey && !altKey
}
