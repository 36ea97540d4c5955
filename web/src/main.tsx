import { lazy, StrictMode, Suspense, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Login } from './session/login';
import { hadSession, onEnd, renew } from './session/session';
import './styles.css';

const loadApp = () => import('./app');
const App = lazy(() => loadApp().then(({ App: component }) => ({ default: component })));

/** Loads the app before it is needed. When that fails, the attempt that needs it says why. */
function prefetchApp(): void {
  void loadApp().catch(() => undefined);
}

function Console({ begins }: { readonly begins: boolean }) {
  const [isLoggedIn, setLoggedIn] = useState(begins);

  useEffect(
    () =>
      onEnd(() => {
        setLoggedIn(false);
      }),
    [],
  );

  if (!isLoggedIn) return <Login onTyping={prefetchApp} onLogIn={() => setLoggedIn(true)} />;
  return (
    <Suspense>
      <App />
    </Suspense>
  );
}

if (hadSession()) prefetchApp();
// A server that cannot answer is one that nobody can log in to either: its page says so when they try.
const hasSession = await renew().catch(() => false);
const element = document.getElementById('root');
if (element) {
  createRoot(element).render(
    <StrictMode>
      <Console begins={hasSession} />
    </StrictMode>,
  );
}
