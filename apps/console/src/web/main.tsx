import './styles/tokens.css'
import './styles/base.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createQueries } from './api/queries.ts'
import { sessionQuery } from './api/session.ts'
import { App } from './app/app.tsx'
import { noteChange } from './ui/late-notice.tsx'

const element = document.getElementById('app')
if (element === null) throw new Error('The page has no element for the app.')

// The tabs of a browser have one session: who signs in or out in one of them does so in all.
const tabs = new BroadcastChannel('session')
const queries = createQueries({ onChanged: noteChange, onOwner: () => tabs.postMessage('changed') })
tabs.onmessage = () => void queries.invalidateQueries({ queryKey: sessionQuery.queryKey })

createRoot(element).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
)
