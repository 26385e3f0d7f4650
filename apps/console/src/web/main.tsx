import './styles/tokens.css'
import './styles/base.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createQueries } from './api/queries.ts'
import { App } from './app/app.tsx'
import { noteChange } from './ui/late-notice.tsx'

const element = document.getElementById('app')
if (element === null) throw new Error('The page has no element for the app.')

const queries = createQueries({ onChanged: noteChange })

createRoot(element).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
)
