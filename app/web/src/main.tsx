import './styles/base.css'
import './styles/layout.css'
import './styles/games.css'
import './styles/forms.css'
import { render } from 'preact'
import { App } from './app.tsx'
import { showRememberedTheme } from './theme.ts'

showRememberedTheme()
const root = document.getElementById('app')
if (root) render(<App />, root)
