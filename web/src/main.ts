import './ui/theme.css';
import './ui/base.css';
import './ui/kit.css';
import './ui/theme.svelte';
import { mount } from 'svelte';
import App from './App.svelte';

const target = document.getElementById('app');
if (target) mount(App, { target });
