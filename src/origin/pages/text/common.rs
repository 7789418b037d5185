//! Texts that all pages have in common.

use super::texts;

texts! {
    /// Texts that all pages have in common.
    Common {
        language: ["Language", "Sprache", "Langue", "Idioma", "Idioma", "言語", "语言", "اللغة"];
        continue_: [
            "Continue",
            "Weiter",
            "Continuer",
            "Continuar",
            "Continuar",
            "続ける",
            "继续",
            "متابعة",
        ];
        back: ["Back", "Zurück", "Retour", "Atrás", "Voltar", "戻る", "返回", "رجوع"];
        cancel: [
            "Cancel",
            "Abbrechen",
            "Annuler",
            "Cancelar",
            "Cancelar",
            "キャンセル",
            "取消",
            "إلغاء",
        ];
        one_moment: [
            "One moment",
            "Einen Moment bitte",
            "Un instant",
            "Un momento",
            "Só um momento",
            "お待ちください",
            "请稍候",
            "لحظة من فضلك",
        ];
        redirected: [
            "You are being redirected.",
            "Sie werden weitergeleitet.",
            "Vous allez être redirigé.",
            "Redirigiendo.",
            "Redirecionando.",
            "移動しています。",
            "正在跳转。",
            "جارٍ نقلك.",
        ];
        password_strength: [
            "Strength: weak|Strength: fair|Strength: good|Strength: very good",
            "Stärke: schwach|Stärke: mittel|Stärke: gut|Stärke: sehr gut",
            "Force\u{a0}: faible|Force\u{a0}: moyenne|Force\u{a0}: bonne|Force\u{a0}: très bonne",
            "Seguridad: débil|Seguridad: media|Seguridad: buena|Seguridad: muy buena",
            "Força: fraca|Força: média|Força: boa|Força: muito boa",
            "強度: 弱い|強度: 普通|強度: 良い|強度: とても良い",
            "强度：弱|强度：一般|强度：良好|强度：很强",
            "القوة: ضعيفة|القوة: متوسطة|القوة: جيدة|القوة: جيدة جدًا",
        ];
        page_expired: [
            "This page was open for too long or came from elsewhere. Please try again.",
            "Die Seite war zu lange geöffnet oder wurde von anderswo aufgerufen. Bitte versuchen Sie es erneut.",
            "Cette page est restée ouverte trop longtemps ou provient d’un autre site. Veuillez réessayer.",
            "Esta página estuvo abierta demasiado tiempo o se abrió desde otro sitio. Inténtelo de nuevo.",
            "Esta página ficou aberta por tempo demais ou veio de outro site. Tente novamente.",
            "ページを開いてから時間が経ちすぎたか、別のサイトから開かれました。もう一度お試しください。",
            "此页面打开时间过长或来自其他网站。请重试。",
            "ظلت هذه الصفحة مفتوحة مدة طويلة أو فُتحت من موقع آخر. يُرجى المحاولة مرة أخرى.",
        ];
        failed_title: [
            "This did not work",
            "Das hat nicht geklappt",
            "Cela n’a pas fonctionné",
            "Esto no ha funcionado",
            "Isso não funcionou",
            "うまくいきませんでした",
            "操作未成功",
            "لم ينجح ذلك",
        ];
        failed_help: [
            "The application or link that led you here is set up wrongly or out of date. Go back and try again. If it happens again, tell the support of the application:",
            "Die Anwendung oder der Link, über den Sie hierher gekommen sind, ist falsch eingerichtet oder veraltet. Gehen Sie zurück und versuchen Sie es erneut. Wenn es wieder geschieht, nennen Sie dem Support der Anwendung:",
            "L’application ou le lien qui vous a amené ici est mal configuré ou périmé. Revenez en arrière et réessayez. Si cela se reproduit, indiquez à l’assistance de l’application\u{a0}:",
            "La aplicación o el enlace que le trajo aquí está mal configurado o ha caducado. Vuelva atrás e inténtelo de nuevo. Si ocurre otra vez, indique al soporte de la aplicación:",
            "O aplicativo ou o link que trouxe você até aqui está mal configurado ou desatualizado. Volte e tente novamente. Se acontecer de novo, informe ao suporte do aplicativo:",
            "リンク元のアプリまたはリンクの設定に誤りがあるか、リンクが古くなっています。戻ってもう一度お試しください。繰り返し起こる場合は、アプリのサポートに次の内容をお伝えください:",
            "将您引导至此的应用或链接设置有误或已过期。请返回后重试。如果再次出现，请将以下内容告知该应用的支持人员：",
            "التطبيق أو الرابط الذي أوصلك إلى هنا غير مضبوط بشكل صحيح أو قديم. ارجع وحاول مرة أخرى. إذا تكرر ذلك، فأخبر فريق دعم التطبيق بما يلي:",
        ];
        internal: [
            "The request could not be completed. Please try again.",
            "Die Anfrage konnte nicht abgeschlossen werden. Bitte versuchen Sie es erneut.",
            "La demande n’a pas pu aboutir. Veuillez réessayer.",
            "No se pudo completar la solicitud. Inténtelo de nuevo.",
            "Não foi possível concluir a solicitação. Tente novamente.",
            "リクエストを完了できませんでした。もう一度お試しください。",
            "无法完成请求。请重试。",
            "تعذّر إكمال الطلب. يُرجى المحاولة مرة أخرى.",
        ];
        request_id: [
            "Request: {id}",
            "Anfrage: {id}",
            "Demande\u{a0}: {id}",
            "Solicitud: {id}",
            "Solicitação: {id}",
            "リクエスト: {id}",
            "请求：{id}",
            "الطلب: \u{2068}{id}\u{2069}",
        ];
        you_can_close: [
            "You can close this page.",
            "Sie können diese Seite schließen.",
            "Vous pouvez fermer cette page.",
            "Ya puede cerrar esta página.",
            "Você já pode fechar esta página.",
            "このページを閉じてかまいません。",
            "您可以关闭此页面。",
            "يمكنك إغلاق هذه الصفحة.",
        ];
    }
}
