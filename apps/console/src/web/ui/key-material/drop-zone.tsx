import { type DragEvent, useEffect, useId, useState } from 'react'
import styles from './drop-zone.module.css'

export interface DropZoneProps {
  /** What the field is called, such as `Certificate file`. */
  readonly label: string
  readonly hint: string
  /** Which files the picker offers first; any can be dropped. */
  readonly accept: string
  readonly isMultiple?: boolean
  readonly disabledReason?: string | undefined
  readonly error?: string | undefined
  readonly onFiles: (files: readonly File[]) => void
}

const besideTypes = ['dragover', 'drop'] as const

/** A file that is dropped beside the zone would take the place of the page. */
function stayHere(event: Event): void {
  event.preventDefault()
}

/** Takes files that are dropped on it, and those of the browser's own picker, which works by keyboard. */
export function DropZone({ label, hint, accept, isMultiple, disabledReason, error, onFiles }: DropZoneProps) {
  const id = useId()
  const [isOver, setOver] = useState(false)
  const isOff = disabledReason !== undefined
  useEffect(() => {
    for (const type of besideTypes) addEventListener(type, stayHere)
    return () => {
      for (const type of besideTypes) removeEventListener(type, stayHere)
    }
  }, [])
  const over = (event: DragEvent) => {
    event.preventDefault()
    if (!isOff) setOver(true)
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    const files = [...event.dataTransfer.files]
    if (!isOff && files.length > 0) onFiles(files)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the input within does the same without a mouse
    <div
      className={`${styles.zone} ${isOver ? styles.over : ''}`}
      onDragEnter={over}
      onDragOver={over}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      <p id={`${id}-hint`} className={styles.hint}>
        {disabledReason ?? hint}
      </p>
      <input
        id={id}
        type="file"
        accept={accept}
        multiple={isMultiple}
        disabled={isOff}
        aria-describedby={error === undefined ? `${id}-hint` : `${id}-hint ${id}-error`}
        aria-invalid={error !== undefined}
        className={styles.input}
        onChange={({ target }) => {
          const files = [...(target.files ?? [])]
          // The same file can be picked again, once it was changed.
          target.value = ''
          if (files.length > 0) onFiles(files)
        }}
      />
      {error !== undefined && (
        <p id={`${id}-error`} role="alert" className={styles.error}>
          {error}
        </p>
      )}
    </div>
  )
}
