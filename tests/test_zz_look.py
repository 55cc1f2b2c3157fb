from tests.casework_samples import *
from tests.browser.test_staff_journey import log_in
from me_platform.staff_site.app import make_staff_site
from tests.staff_samples import SECRET_KEY
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server
import threading, shutil, os

def test_look(engines, tmp_path):
    w = make_casework(engines, tmp_path)
    app = make_staff_site(w.staff.desk, secret_key=SECRET_KEY, tls=False, sample=True, clock=w.staff.clock.count_seconds)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    t = threading.Thread(target=server.serve_forever); t.start()
    base = f"http://127.0.0.1:{server.port}"
    os.makedirs("/tmp/shots", exist_ok=True)
    with sync_playwright() as pw:
        b = pw.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for lang in ("en","lv"):
            c = b.new_context(locale="en-GB" if lang=="en" else "lv-LV", viewport={"width":360,"height":800}); p = c.new_page()
            p.on("console", lambda m: print("CONSOLE", m.text))
            p.goto(base+"/login")
            p.get_by_role("button", name="English" if lang=="en" else "Latviešu").click()
            p.locator("#email").fill(MONA); p.locator("#password").fill("correct horse battery"); p.locator("main button").first.click()
            def shot(name):
                for wd in (360,1280):
                    p.set_viewport_size({"width":wd,"height":800})
                    over = p.evaluate("document.documentElement.scrollWidth")
                    if over>wd: print("OVERFLOW", lang, name, wd, over)
                    p.screenshot(path=f"/tmp/shots/{lang}-{name}-{wd}.png", full_page=True)
            pages = {"list":"/o/ALFA/people","new":"/o/ALFA/people/new","person":w.get_path("ada"),"profile":w.get_path("ada","/profile"),"service":w.get_path("ada","/services/new"),"need":w.get_path("ada","/need/new"),"goal":w.get_path("ada","/goal/new"),"barrier":w.get_path("ada","/barrier/new"),"referral":w.get_path("ada","/referral/new"),"checklist":w.get_path("ada","/checklist/new"),"code":w.get_path("ada","/code"),"consent":w.get_path("ada","/consent"),"caseload":"/o/ALFA/caseload"}
            for n,u in pages.items():
                p.goto(base+u); shot(n)
            p.goto(base+w.get_path("dora","/code")); p.locator("input[type=radio]").first.check(); p.locator("main form button").first.click(); shot("card")
            p.emulate_media(media="print"); p.screenshot(path=f"/tmp/shots/{lang}-print.png"); p.emulate_media(media="screen")
            if lang=="en": p.pdf(path="/tmp/shots/card.pdf")
            p.goto(base+w.get_path("ada","/services/new")); p.locator("#hours").fill("abc"); p.locator("main form button").first.click(); shot("service-err")
            p.goto(base+w.get_path("ada")); p.locator("#need a.btn-outline-secondary").first.click(); p.locator("#status").select_option("unmet"); p.locator("main form button").first.click(); shot("need-err")
            p.goto(base+w.get_path("ada")); p.locator("#goal a.btn-outline-secondary").first.click(); shot("goal-look")
            c.close()
        b.close()
    server.shutdown(); t.join(); server.server_close()
