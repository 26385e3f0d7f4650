import { useState } from 'react'
import { SelectField } from '../ui/field.tsx'

/** Light, dark, or as the system has it. Kept in this browser; `theme.js` reads it before the first paint. */
export function ThemeChoice() {
  const [theme, setTheme] = useState(() => localStorage.getItem('theme') ?? 'system')
  const choose = (next: string) => {
    setTheme(next)
    if (next === 'system') {
      localStorage.removeItem('theme')
      delete document.documentElement.dataset.theme
    } else {
      localStorage.setItem('theme', next)
      document.documentElement.dataset.theme = next
    }
  }
  return (
    <SelectField label="Theme" value={theme} onChange={(event) => choose(event.target.value)}>
      <option value="system">Same as the system</option>
      <option value="light">Light</option>
      <option value="dark">Dark</option>
    </SelectField>
  )
}
