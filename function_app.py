"""The functions of the app: registers the blueprints, and nothing else."""

import azure.functions as func

import admin_console
import admin_console.pages
import index_worker
import links_api
import oauth_callback
import reindex_timer
import webhook_handler

app = func.FunctionApp()
app.register_functions(webhook_handler.blueprint)
app.register_functions(reindex_timer.blueprint)
app.register_functions(index_worker.blueprint)
app.register_functions(links_api.blueprint)
app.register_functions(oauth_callback.blueprint)
app.register_functions(admin_console.blueprint)
app.register_functions(admin_console.pages.blueprint)
