import { type ReactNode, useEffect, useRef } from 'react'
import styles from './focus-here.module.css'

/** A part that takes the place of the one that had the focus: it gets it, so that the keyboard goes on from there. */
export function FocusHere({ children }: { readonly children: ReactNode }) {
  const part = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // A page that has just come has given it to its heading.
    if (document.activeElement !== document.body) return
    part.current?.focus({ preventScroll: true })
    scrollTo(0, 0)
  }, [])
  return (
    <div ref={part} tabIndex={-1} className={styles.part}>
      {children}
    </div>
  )
}
