import { lazy, Suspense, useEffect, useState } from 'react'
import styles from './find.module.css'

const Finder = lazy(async () => ({ default: (await import('./finder.tsx')).Finder }))

/** Opens the way to any page, certificate or mapping: by a button, by Ctrl-K, and by / where nobody is typing. */
export function Find() {
  const [isOpen, setOpen] = useState(false)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      // What is open has to be closed first: it may have something that was typed.
      if (!opensFinder(event) || document.querySelector('dialog[open]') !== null) return
      event.preventDefault()
      setOpen(true)
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
  return (
    <>
      <button type="button" className={styles.button} aria-keyshortcuts="Control+K /" onClick={() => setOpen(true)}>
        Find <kbd>Ctrl K</kbd>
      </button>
      {isOpen && (
        <Suspense>
          <Finder onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  )
}

function opensFinder({ key, ctrlKey, metaKey, altKey, shiftKey, target }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey) return key.toLowerCase() === 'k' && !altKey && !shiftKey
  return key === '/' && !(target instanceof Element && target.matches('input, textarea, select'))
}
