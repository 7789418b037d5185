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
        taken_back: [
            "You are being taken back to the application.",
            "Sie werden zur Anwendung zurückgeleitet.",
            "Vous allez être redirigé vers l’application.",
            "Volviendo a la aplicación.",
            "Voltando ao aplicativo.",
            "アプリに戻ります。",
            "正在返回应用。",
            "جارٍ إعادتك إلى التطبيق.",
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
