import { type ReactNode, useSyncExternalStore } from 'react'
import { Button } from './button.tsx'
import styles from './toasts.module.css'

export interface Toast {
  readonly text: string
  /** What it is about: it takes the place of what was said of the same before. */
  readonly about?: string
  /** Such as the way back. */
  readonly action?: { readonly label: string; readonly run: () => void }
}

interface Shown extends Toast {
  readonly id: number
}

let shown: readonly Shown[] = []
let lastId = 0
const listeners = new Set<() => void>()
const stayMs = 8_000

/** Says in a corner what was done. What needs an answer stands in the page instead. */
export function say(toast: Toast): void {
  const id = ++lastId
  const others = shown.filter(({ about }) => about === undefined || about !== toast.about)
  change([...others.slice(-2), { ...toast, id }])
  setTimeout(() => drop(id), stayMs)
}

/** Where toasts show; read out when they come. */
export function Toasts(): ReactNode {
  const toasts = useSyncExternalStore(subscribe, () => shown)
  return (
    <div className={styles.toasts} role="status" aria-label="Messages">
      {toasts.map(({ id, text, action }) => (
        <div key={id} className={styles.toast}>
          <span>{text}</span>
          {action && (
            <Button
              look="quiet"
              onClick={() => {
                drop(id)
                action.run()
              }}
            >
              {action.label}
            </Button>
          )}
          <Button look="quiet" aria-label="Dismiss" onClick={() => drop(id)}>
            ✕
          </Button>
        </div>
      ))}
    </div>
  )
}

function drop(id: number): void {
  change(shown.filter((toast) => toast.id !== id))
}

function change(next: readonly Shown[]): void {
  shown = next
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
