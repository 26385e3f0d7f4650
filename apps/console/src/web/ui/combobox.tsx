import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import styles from './combobox.module.css'
import field from './field.module.css'
import { Field } from './field.tsx'

export interface Choice {
  readonly id: string
  readonly name: string
  /** What tells it from others of a like name. */
  readonly note?: string
}

export interface ComboboxProps {
  readonly label: string
  readonly hint?: string
  readonly error?: string | undefined
  /** The name of what is chosen; empty: nothing is. */
  readonly chosen: string
  /** Where nothing is chosen. */
  readonly placeholder: string
  /** What fits the text that was searched for last; undefined while it is asked for. */
  readonly choices: readonly Choice[] | undefined
  /** Says how many there are, also beyond the choices. */
  readonly summary: string
  /** The box opens, or somebody types, after a pause. */
  readonly onSearch: (text: string) => void
  /** Undefined: nothing is chosen any more. */
  readonly onChoose: (choice: Choice | undefined) => void
}

const pauseMs = 200

/**
 * A box to choose one of many by typing a part of its name: the combobox with a list of suggestions of the WAI-ARIA
 * Authoring Practices, whose focus stays in the text. What is typed and not chosen is gone when the box is left.
 */
export function Combobox(props: ComboboxProps) {
  const { label, hint, error, chosen, placeholder, choices, summary, onSearch, onChoose } = props
  const listId = useId()
  const input = useRef<HTMLInputElement>(null)
  const search = useRef<ReturnType<typeof setTimeout>>(undefined)
  /** Undefined: it is closed, and shows what is chosen. */
  const [typed, setTyped] = useState<string>()
  const [activeId, setActiveId] = useState<string>()
  const isOpen = typed !== undefined
  const active = choices?.findIndex(({ id }) => id === activeId) ?? -1
  useEffect(() => () => clearTimeout(search.current), [])
  useEffect(() => {
    if (activeId !== undefined) document.getElementById(`${listId}-${activeId}`)?.scrollIntoView({ block: 'nearest' })
  }, [listId, activeId])

  const open = () => {
    if (isOpen) return
    setTyped(chosen)
    onSearch('')
    // What is typed takes its place.
    input.current?.select()
  }
  const close = () => {
    clearTimeout(search.current)
    setTyped(undefined)
    setActiveId(undefined)
  }
  const choose = (choice: Choice | undefined) => {
    close()
    onChoose(choice)
  }
  const type = (text: string) => {
    setTyped(text)
    setActiveId(undefined)
    clearTimeout(search.current)
    search.current = setTimeout(() => onSearch(text.trim()), isOpen ? pauseMs : 0)
  }
  const leave = () => {
    if (typed === '' && chosen !== '') choose(undefined)
    else close()
  }
  const move = (step: number) => {
    if (!isOpen) return open()
    if (choices === undefined || choices.length === 0) return
    const from = active === -1 && step < 0 ? 0 : active
    setActiveId(choices.at((from + step) % choices.length)?.id)
  }
  const press = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') move(1)
    else if (event.key === 'ArrowUp') move(-1)
    else if (event.key === 'Enter' && isOpen) {
      const choice = choices?.[active]
      if (choice === undefined) leave()
      else choose(choice)
    } else if (event.key === 'Escape' && isOpen) close()
    else return
    // The arrows would move the caret, Enter send the form, and Escape close the dialog around it.
    event.preventDefault()
  }
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => (
        <div className={styles.box}>
          <input
            {...ids}
            ref={input}
            type="text"
            role="combobox"
            autoComplete="off"
            spellCheck={false}
            aria-autocomplete="list"
            aria-expanded={isOpen}
            aria-controls={listId}
            aria-activedescendant={active === -1 ? undefined : `${listId}-${activeId}`}
            className={`${field.input} ${styles.input}`}
            placeholder={placeholder}
            value={typed ?? chosen}
            onClick={open}
            onChange={(event) => type(event.target.value)}
            onKeyDown={press}
            onBlur={leave}
          />
          <span className={styles.status} role="status">
            {isOpen && summary}
          </span>
          <div className={styles.popup} hidden={!isOpen}>
            {/* Neither gets the focus by a key: it stays in the text. */}
            <div id={listId} role="listbox" tabIndex={-1} aria-label={label} className={styles.list}>
              {isOpen &&
                choices?.map((choice) => (
                  // biome-ignore lint/a11y/useKeyWithClickEvents: the keys go to the text, which has the focus
                  <div
                    key={choice.id}
                    id={`${listId}-${choice.id}`}
                    role="option"
                    tabIndex={-1}
                    aria-selected={choice.id === activeId}
                    className={styles.option}
                    // So that the text keeps the focus.
                    onMouseDown={(event) => event.preventDefault()}
                    onClick={() => choose(choice)}
                  >
                    {choice.name}
                    {choice.note !== undefined && <small>{choice.note}</small>}
                  </div>
                ))}
            </div>
            <p className={styles.summary} aria-hidden="true">
              {summary}
            </p>
          </div>
        </div>
      )}
    </Field>
  )
}
